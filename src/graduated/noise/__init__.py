"""The noise of the stochastic gradient: three estimators of C², and the smoothing δ = η√(C²/b) they give."""
