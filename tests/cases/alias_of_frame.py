# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
X = df

# %% [markdown]
# ## Cleaning

# %%
X.dropna(inplace=True)

# %% [markdown]
# ## Feature engineering

# %%
df["d"] = 1
X.shape, df.shape

# output
# load_data() -> X, df
#     c3.s1 c4.s1 c6.s1 c8.s1
#     report(X, df) c8.s2
