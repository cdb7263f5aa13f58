"""A self-hosted daily podcast brief: the five insights most worth knowing, each with the words it rests on."""
