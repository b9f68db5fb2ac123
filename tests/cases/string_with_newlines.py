# %%
text = """one
  two
three"""

# %%
lines = [line for line in text.split("\n")]
message = f"""{len(lines)}
    lines"""
print(message)

# output
# explore() -> nothing
#     c2.s3
# constants c1.s1 c2.s1 c2.s2
