# %%
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

# %%
X = np.arange(20.0).reshape(-1, 1)
y = (X[:, 0] > 9).astype(int)

# %%
classifier = LogisticRegression()
pipeline = Pipeline([("scale", StandardScaler()), ("classify", classifier)])

# %% [markdown]
# ## Training

# %%
pipeline.fit(X, y)

# %% [markdown]
# ## Evaluation

# %%
print(classifier.coef_.round(3), pipeline.score(X, y))

# output
# train_model() -> classifier, pipeline, X, y
#     c2.s1 c2.s2 c3.s1 c3.s2 c5.s1
# evaluate_model(classifier, pipeline, X, y) -> nothing
#     c7.s1
