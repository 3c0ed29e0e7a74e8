"""What goes wrong with devices and with what staff log, put in after the truth is drawn.

A fault changes what is reported, never what happened: with or without it, the truth is the same, and so
is everything that other devices report.
"""

from simulators.faults.names import ALL, FAULTS, NONE, TOUCHES, Fault, Faults, chosen

__all__ = ["ALL", "FAULTS", "NONE", "TOUCHES", "Fault", "Faults", "chosen"]
