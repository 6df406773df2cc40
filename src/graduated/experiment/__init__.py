"""What is to be run: runs, packs of runs, configs and plans. Imports no torch, so that planning is quick."""
