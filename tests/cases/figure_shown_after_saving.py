# %%
import matplotlib
matplotlib.use("agg")
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error

def save_figure(name):
    print("saving", name)
    plt.savefig(name + ".png")

# %%
np.random.seed(3)
frame = pd.DataFrame({"size": np.arange(30.0), "price": np.arange(30.0) * 2 + np.random.rand(30)})

# %%
plt.plot(frame["size"], frame["price"])
save_figure("prices")
plt.show()

# %% [markdown]
# # 8.

# %%
rooms = frame[["size"]]
model = LinearRegression()
model.fit(rooms, frame["price"])

# %%
fitted = model.predict(rooms)
plt.plot(frame["size"], fitted)
save_figure("fitted")
plt.show()

# %%
print(mean_absolute_error(frame["price"], fitted))

# output
# train_model(seed=) -> model, rooms, frame with the random stream
#     c2.s1 c2.s2 c3.s1 c3.s2 c3.s3 c5.s1 c5.s2 c5.s3
# evaluate_model(model, rooms, frame) -> nothing
#     c6.s1 c6.s2 c6.s3 c6.s4 c7.s1
# functions c1.s8
# settings c1.s2
# parameter seed = 3
