# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
df.head()

# %%
df["d"] = df["a"] + 1

# %%
df.head()

# %%
df["e"] = df["d"] + 1

# %%
df.tail(2)

# output
# load_data() -> df
#     c3.s1 c4.s1 c5.s1 c6.s1 c7.s1
#     report(df) c8.s1
