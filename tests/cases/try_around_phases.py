# %%
try:
    import missing_library
except ImportError:
    missing_library = None

# %%
available = missing_library is not None
print(available)

# output
# clean_data() -> missing_library
#     c1.s1
#     report(missing_library) c2.s1 c2.s2
