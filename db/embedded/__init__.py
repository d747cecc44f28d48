"""The embedded database: a private mongod shared by all processes of a user."""
