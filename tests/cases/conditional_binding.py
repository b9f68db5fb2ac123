# %%
mode = "fast"

# %%
result = 1
if mode == "slow":
    result = 2

# %%
result

# output
# evaluate_model() -> result
#     c2.s1 c2.s2
#     report(result) c3.s1
# constants c1.s1
