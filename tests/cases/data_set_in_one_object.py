# %%
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score, train_test_split

# %% [markdown]
# # Model evaluation

# %%
flowers = load_iris()
X = flowers.data
y = flowers.target

# %%
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=4)

# %%
model = LogisticRegression(max_iter=500)
model.fit(X_train, y_train)

# %%
print(model.score(X_test, y_test))

# %%
print(cross_val_score(model, X, y).mean())

# output
# load_data() -> X, y
#     c3.s1 c3.s2 c3.s3
# split_data(X, y, random_state=) -> X_train, y_train, X_test, y_test
#     c4.s1
# train_model(X_train, y_train, max_iter=) -> model
#     c5.s1 c5.s2
# evaluate_model(model, X_test, y_test, X, y) -> nothing
#     c6.s1 c7.s1
# parameter random_state = 4
# parameter max_iter = 500
