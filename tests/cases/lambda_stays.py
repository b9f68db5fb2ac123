# %%
import pandas as pd

double = lambda value: value * 2

# %%
df = pd.DataFrame({"a": [1, 2, 3]})

# %% [markdown]
# ## Feature engineering

# %%
df["b"] = df["a"].apply(double)

# %% [markdown]
# ## Evaluation

# %%
print(double(df["b"].sum()))

# output
# build_features() -> nothing
#     c1.s2 c2.s1 c4.s1 c6.s1
