# %%
import pandas as pd
from sklearn.linear_model import LinearRegression, Ridge

# %% tags=["nbpipe:stage=load"]
sales = pd.DataFrame({"price": [1.0, 2.0, 3.0, 4.0], "units": [9, 7, 4, 1]})
columns = list(sales.columns)
X, y = sales[["price"]], sales["units"]

# %% tags=["nbpipe:stage=gather"]
features = columns[:-1]
features.append("ratio")
sums = [[] for _ in columns]
for column, found in zip(columns, sums, strict=True):
    found.append(sales[column].sum())
for number, found in enumerate(sums, start=1):
    found.append(number)

# %% tags=["nbpipe:stage=train"]
models = {"plain": LinearRegression(), "ridge": Ridge()}
scores = []
for number, (name, model) in enumerate(models.items()):
    model.fit(X, y)
    scores.append((number, name, round(model.score(X, y), 3)))

# %% tags=["nbpipe:stage=tell"]
told = [features, sums, columns, scores]
print(told)

# output
# load() -> columns, sales, X, y
#     c2.s1 c2.s2 c2.s3
# gather(columns, sales) -> features, sums
#     c3.s1 c3.s2 c3.s3 c3.s4 c3.s5
# train(X, y) -> scores with the random stream
#     c4.s1 c4.s2 c4.s3
# tell(features, sums, columns, scores) -> told
#     c5.s1
#     report(told) c5.s2
