# %%
import numpy as np
from sklearn.linear_model import LinearRegression, Ridge

# %%
X = np.arange(10.0).reshape(-1, 1)
y = 2 * X[:, 0] + 1

# %%
first = LinearRegression()
models = [first, Ridge(alpha=0.5)]

# %% [markdown]
# ## Training

# %%
for model in models:
    model.fit(X, y)

# %% [markdown]
# ## Evaluation

# %%
for model in models:
    print(round(model.score(X, y), 3))

# %%
first.coef_

# output
# train_models(alpha=) -> first, models, X, y with the random stream
#     c2.s1 c2.s2 c3.s1 c3.s2 c5.s1
#     report(first) c8.s1
# evaluate_model(models, X, y) -> nothing
#     c7.s1
# parameter alpha = 0.5
