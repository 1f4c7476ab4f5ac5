"""Fetching, verifying and converting the packages that models.lock names.

Entry points: native.main (scripts/fetch-native) and fetch.main (scripts/fetch-models).
The convert_* modules run inside the virtual environment that environment.py makes.
"""
