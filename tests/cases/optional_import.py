# %%
import pandas as pd

try:
    import seaborn as sns
except ImportError:
    sns = None

# %% [markdown]
# ## Load

# %%
df = pd.DataFrame({"a": [1, 2]})

# %% [markdown]
# ## Feature engineering

# %%
df["b"] = df["a"] * 2
df["c"] = sns is not None
df

# output
# build_features() -> df
#     repeats c1.s2
#     c3.s1 c5.s1 c5.s2
#     report(df) c5.s3
