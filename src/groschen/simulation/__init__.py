"""The simulation: seeded random business on real processes, with kills, and every cent checked.

``run`` is the story of one run, ``installation`` the processes it kills, ``operations`` what
customers, partners, providers and banks do, ``model`` an independent reading of the rules in
exact fractions, ``checks`` what must hold after every step.
"""
