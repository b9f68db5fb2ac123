# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
trial = df.copy()
trial["z"] = 0

# %%
df.dropna()
df["a"].sum()

# output
# load_data() -> nothing
#     c3.s1 c5.s2
# left out c4.s1: nothing uses its result
# left out c4.s2: nothing uses its result
# left out c5.s1: its value is not shown
