# %%
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge

X = np.arange(20.0).reshape(-1, 1)
y = X[:, 0] * 3

# %%
model = LinearRegression()
model.fit(X, y)
print(model.score(X, y))

# %%
model = Ridge(alpha=2.0)
model.fit(X, y)
print(model.score(X, y))

# output
# train_models(alpha=) -> nothing
#     c1.s3 c1.s4 c2.s1 c2.s2 c2.s3 c3.s1 c3.s2 c3.s3
# parameter alpha = 2.0
