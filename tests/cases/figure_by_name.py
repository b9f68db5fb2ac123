# %%
import matplotlib.pyplot as plt
import pandas as pd

sales = pd.DataFrame({"price": [1.0, 2.0, 3.0, 4.0], "units": [9, 7, 4, 1]})

# %%
fig = plt.figure()

# %%
axes = fig.add_subplot()
axes.plot(sales["price"], sales["units"])
fig

# %%
plt.figure()

# %%
print(sales.describe())

# output
# load_data() -> sales
#     c1.s3
#     report(sales) c2.s1 c3.s1 c3.s2 c3.s3 c4.s1 c5.s1
# left out c4.s1: the repr of a drawing
