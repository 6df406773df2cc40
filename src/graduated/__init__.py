"""SGD's noise as implicit smoothing: training, noise, sharpness and claims, from raw data to figures."""
