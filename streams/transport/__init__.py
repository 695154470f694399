"""How records move, and what is promised: every record read has exactly one outcome, written exactly once.

The way of a record: consumer → batch → stage → outcome → transaction.

- `source.py` owns a stage's consumer (read_committed, no auto-commit) and its partitions.
- `lane.py` is one partition while it is ours: taken over, read batch by batch, given back.
- `restore.py` brings a partition's state back, from disk and from its topic.
- `tolerant.py` reads what aiokafka cannot.
- `batch.py` asks the stage's back end, if it has one, runs the stage over a batch, and hands what came out on.
- `transaction.py` writes outputs, dead letters, state rows and offsets: all of them or none.
- `compute.py` keeps the processes in which pages of strangers are read.
- `worker.py` is the Faust app: an agent a stage, whose channel carries batches.

The guarantee rests on three things. (1) A partition's outputs and its offset are one Kafka transaction (KIP-98), so a
crash leaves both or neither. (2) Each input partition has one transactional id, whoever reads it: the next owner's
`init_transactions` fences the one before it and ends its open transaction, and only then reads the committed offset, so
no record is done twice however owners overlap. (3) Values and ids are functions of the input, so even a repeat from
upstream is recognised. It holds for consumers that read with `isolation.level=read_committed`.
"""
