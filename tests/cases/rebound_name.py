# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %% [markdown]
# ## Clean

# %%
df = df.dropna()
df = df.reset_index(drop=True)
df.head()

# %% [markdown]
# ## Features

# %%
df["d"] = df["a"] * 2
df = pd.get_dummies(df, columns=["c"])
df

# output
# load_data() -> raw_df
#     c3.s1
# clean_data(raw_df) -> cleaned_df
#     c5.s1 c5.s2
#     report(cleaned_df) c5.s3
# build_features(cleaned_df) -> prepared_df
#     c7.s1 c7.s2
#     report(prepared_df) c7.s3
