"""How coefficient draws are made: one file a method; `registry` names them all."""
