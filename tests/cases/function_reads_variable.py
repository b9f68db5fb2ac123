# %%
import pandas as pd

# %%
df = pd.DataFrame({"a": [1, 2, 3]})
limit = df["a"].mean()

# %%
def above(value):
    return value > limit

# %%
flags = df["a"].apply(above)
flags.tolist()

# output
# build_features() -> flags
#     repeats c3.s1
#     c2.s1 c2.s2 c4.s1
#     report(flags) c4.s2
