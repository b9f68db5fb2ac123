# %%
import warnings
import numpy as np
import pandas as pd

warnings.filterwarnings("ignore")
pd.set_option("display.max_rows", 5)
np.set_printoptions(precision=2)

# %%
df = pd.DataFrame({"a": range(100)})
df

# %%
df["b"] = df["a"] / 3
df["b"].values

# output
# load_data() -> df
#     c2.s1 c2.s2 c3.s1
#     report(df) c3.s2
# settings c1.s4 c1.s5 c1.s6
