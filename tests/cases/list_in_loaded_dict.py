# %%
import json
from collections import defaultdict

# %% tags=["nbpipe:stage=load"]
found = json.loads('{"a": [3, 1], "b": [2]}')
groups = defaultdict(list)

# %% tags=["nbpipe:stage=fill"]
found["a"].append(7)
for name, numbers in found.items():
    groups[name].extend(numbers)

# %% tags=["nbpipe:stage=tell"]
print(sorted(found["a"]), dict(groups))

# output
# load() -> raw_found, raw_groups
#     c2.s1 c2.s2
# fill(raw_found, raw_groups) -> fill_found, fill_groups
#     c3.s1 c3.s2
#     report(fill_found, fill_groups) c4.s1
# finding NB108 cell 4, line 1: the tag `nbpipe:stage=tell` makes no stage: its cells only show what others make, or define what all stages share (make values there that later cells take, or take the tag away)
