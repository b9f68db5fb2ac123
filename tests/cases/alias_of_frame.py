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
# load_data() -> raw_X, raw_df in raw_X
#     c3.s1 c4.s1
# clean_data(raw_X, raw_df) -> cleaned_X, cleaned_df
#     c6.s1 c8.s1
#     report(cleaned_X, cleaned_df) c8.s2
