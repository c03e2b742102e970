"""The routes of the console: each opens a scope, calls services, fills a view."""
