"""Our server and the Go server side by side: ``bash bench/run`` (see README.md).

``workloads`` the table: what is measured, and the ratio to reach
``loads``     the kinds of load, and how one run of each is made
``compare``   both sides in turn, run by run, and what each run cost
``lab``       what runs: the database, the signers, both servers
``programs``  one program: started, watched, its processor time and memory
``content``   repositories, and the rows that hold them
``uploads``   signed publishes, made before the clock runs
``stock``     which of them there are, made when a workload asks for them
``generators`` the two programs that make load: wrk, and the one in ``client/``
``tokens``, ``nginx``  what some workloads need besides
``results``   what was measured, kept as JSON lines
``summary``   medians and ratios of them
``report``, ``plots``  docs/performance.md and its plots
``profiling`` where the time of ours goes
"""
