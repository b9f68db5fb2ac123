# %%
import pandas as pd

# %%
df = pd.DataFrame({"a": range(100)})
df

# %%
pd.set_option("display.max_rows", 4)

# %%
df

# %%
pd.reset_option("display.max_rows")

# output
# load_data() -> df
#     c2.s1
#     report(df) repeats c3.s1 c2.s2 c4.s1
