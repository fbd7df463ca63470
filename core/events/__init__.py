"""What an event is: types, envelope, schemas, partitions and trace ids. This room knows nothing else of the program."""
