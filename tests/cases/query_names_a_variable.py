# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
limit = df["a"].max() - 1

# %%
large = df.query("a > @limit")
large

# output
# load_data() -> large
#     c3.s1 c4.s1 c5.s1
#     report(large) c5.s2
