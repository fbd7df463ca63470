"""The Journal page: who did what to what, when and why, and the way back where there is one."""
