"""The journal: what operators did, who, when and why; what acts on links are is read where the links are."""
