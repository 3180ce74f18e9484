"""The app: a Django project over the library. Only ``poise serve`` and ``poise manage`` import it."""
