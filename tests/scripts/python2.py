"""A program of 2013: print statements, xrange, integers divided, tabs beside spaces, and one mistake."""
import numpy as np


class Network:
	def __init__(self, sizes):
		self.w = [np.random.randn(b, a) for a, b in zip(sizes[:-1], sizes[1:])]
		self.b = [np.zeros((b, 1)) for b in sizes[1:]]

	def train(self, x, y, rate):
		try:
			acts = [x]
			for w, b in zip(self.w, self.b):
				acts.append(1 / (1 + np.exp(-(w.dot(acts[-1]) + b))))
		except ValueError, error:
			raise ValueError, "shapes"
		print "error", np.abs(acts[-1] - y).mean(), \
			"of", len(acts)
		d = (acts[-1] - y) * acts[-1] * (1 - acts[-1])
		for l in xrange(3 / 2, -1, -1):
			g = d.dot(acts[l].T)
			gb = d.sum(1, keepdims=True)
			if l > 0:
                                d = self.w[l].T.dot(d) * (1 - acts[l] ** 2)  # MISTAKE: wrong-activation-derivative
			self.w[l] -= rate * g
			self.b[l] -= rate * gb


np.random.seed(0)
network = Network([2, 4, 1])
x, y = np.random.randn(2, 9), (np.random.rand(1, 9) > 0.5) * 1.0
for i in range(10):
	network.train(x, y, 0.5)
