# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %% [markdown]
# ## Cleaning

# %%
df["b"] = df["b"].fillna(0)
df.drop(columns=["c"], inplace=True)

# %%
df.describe()

# %%
del df["a"]

# %%
print(df)

# output
# load_data() -> raw_df
#     c3.s1
# clean_data(raw_df) -> cleaned_df
#     c5.s1 c5.s2 c6.s1 c7.s1
#     report(cleaned_df) c8.s1
