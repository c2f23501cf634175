"""The listening page: targets beside what methods made of them, to be heard in a browser."""
