"""Lists of persons that come as files: which columns they have, how they are read, what they say, how they go out."""
