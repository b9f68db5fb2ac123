# %%
import pandas as pd

# %% [markdown]
# ## Load the data

# %%
df = pd.DataFrame({"a": [1, 2, 3, 4], "b": [1.0, None, 3.0, 4.0], "c": list("xyxy")})

# %%
print("before")
df["d"] = df["a"] * 2
print("after", df["d"].sum())
df.head(1)

# output
# load_data() -> nothing
#     c3.s1 c4.s1 c4.s2 c4.s3 c4.s4
