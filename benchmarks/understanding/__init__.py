"""How well the bot understands, part by part, beside its peers and on public data; how fast it does.

Each script is one command and prints tables for README.md. messages.py says what is asked, figures.py what is counted,
switches.py how a part of the matcher is taken away; ablation.py, peers.py, public.py and speed.py do the work.
"""
