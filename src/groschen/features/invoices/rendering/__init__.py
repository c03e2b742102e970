"""Documents as people read them: laid out on A4, in German and English."""
