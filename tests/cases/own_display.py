# %%
import pandas as pd

# %%
class display:
    def __init__(self, *names):
        self.names = names

    def __repr__(self):
        return "names: " + ", ".join(self.names)

# %%
df = pd.DataFrame({"a": [1, 2]})
display("df")

# %%
df["a"].sum()

# output
# load_data() -> df
#     c3.s1
#     report(df) c3.s2 c4.s1
# classes c2.s1
