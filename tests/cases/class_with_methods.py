# %%
class Scaler:
    def __init__(self, factor):
        self.factor = factor
        self.seen = 0

    def fit(self, values):
        self.seen = len(values)
        return self

    def transform(self, values):
        return [value * self.factor for value in values]

# %%
scaler = Scaler(3)
data = [1, 2, 3]

# %%
scaler.fit(data)
scaled = scaler.transform(data)

# %%
print(scaled, scaler.seen)

# output
# build_features() -> scaled, scaler
#     c2.s1 c3.s1 c3.s2
#     report(scaled, scaler) c4.s1
# classes c1.s1
# constants c2.s2
