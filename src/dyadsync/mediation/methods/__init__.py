"""How coefficient draws are made: one file per method; `registry` names them all."""
