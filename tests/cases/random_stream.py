# %%
import numpy as np
import pandas as pd

# %%
np.random.seed(3)

# %% [markdown]
# ## Load

# %%
df = pd.DataFrame({"a": np.random.rand(8)})

# %% [markdown]
# ## Feature engineering

# %%
df["noise"] = np.random.randn(len(df))

# %% [markdown]
# ## Modelling

# %%
from sklearn.model_selection import train_test_split
from sklearn.ensemble import RandomForestRegressor

train, test = train_test_split(df)
forest = RandomForestRegressor(n_estimators=5)
forest.fit(train[["a"]], train["noise"])

# %%
forest.predict(test[["a"]])

# output
# split_data(seed=) -> train, test with the random stream
#     c2.s1 c4.s1 c6.s1 c8.s3
# train_model(train, test, n_estimators=) -> nothing with the random stream
#     c8.s4 c8.s5 c9.s1
# parameter seed = 3
# parameter n_estimators = 5
