"""Faults, injected into real processes under load, and what they cost.

``table``     every fault, by name, and how often it is injected
``scene``     what surrounds a fault: programs, a load, the count of injections
``programs``  a program of ours that is killed and started again
``kills``, ``links``, ``databases``, ``clocks``, ``several``   the faults
``stored``    what a database holds in the end, read without any server
``judge``     what was promised, counted
``report``    the table in the documentation
``million``   a million requests, hostile ones too, and the memory of the process
"""
