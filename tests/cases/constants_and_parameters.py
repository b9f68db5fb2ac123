# %%
import pandas as pd

TEST_SIZE = 0.25
columns = ["a", "b"]

# %%
df = pd.DataFrame({"a": [1, 2], "b": [3, 4], "c": [5, 6]})

# %%
small = df[columns].sample(frac=TEST_SIZE * 2, random_state=1)
small

# output
# load_data() -> df
#     c2.s1
#     report(df) c3.s1 c3.s2
# constants c1.s3
# parameter TEST_SIZE = 0.25
# parameter random_state = 1
