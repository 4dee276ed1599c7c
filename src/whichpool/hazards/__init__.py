"""What a function's code shows of its hazards. It is read, as syntax and as bytecode; nothing of it is executed."""
