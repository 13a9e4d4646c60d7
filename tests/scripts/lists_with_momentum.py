"""Lists of lists whose weights keep a share of their last change; the hidden layer has a wrong derivative."""
import math
import random

random.seed(4)


def matrix(n, m):
    return [[random.uniform(-1, 1) for _ in range(m)] for _ in range(n)]


class Net:
    def __init__(self, ni, nh, no):
        self.ni, self.nh, self.no = ni, nh, no
        self.ai, self.ah, self.ao = [1.0] * ni, [1.0] * nh, [1.0] * no
        self.wi, self.wo = matrix(ni, nh), matrix(nh, no)
        self.ci = [[0.0] * nh for _ in range(ni)]
        self.co = [[0.0] * no for _ in range(nh)]

    def update(self, inputs):
        for i in range(self.ni):
            self.ai[i] = inputs[i]
        for j in range(self.nh):
            total = 0.0
            for i in range(self.ni):
                total = total + self.ai[i] * self.wi[i][j]
            self.ah[j] = math.tanh(total)
        for k in range(self.no):
            total = 0.0
            for j in range(self.nh):
                total = total + self.ah[j] * self.wo[j][k]
            self.ao[k] = math.tanh(total)
        return self.ao[:]

    def back(self, targets, rate, keep):
        output_deltas = [0.0] * self.no
        for k in range(self.no):
            error = targets[k] - self.ao[k]
            output_deltas[k] = (1.0 - self.ao[k] ** 2) * error
        hidden_deltas = [0.0] * self.nh
        for j in range(self.nh):
            error = 0.0
            for k in range(self.no):
                error = error + output_deltas[k] * self.wo[j][k]
            hidden_deltas[j] = (1.0 - self.ah[j]) * error  # MISTAKE: wrong-activation-derivative
        for j in range(self.nh):
            for k in range(self.no):
                change = output_deltas[k] * self.ah[j]
                self.wo[j][k] = self.wo[j][k] + rate * change + keep * self.co[j][k]
                self.co[j][k] = change
        for i in range(self.ni):
            for j in range(self.nh):
                change = hidden_deltas[j] * self.ai[i]
                self.wi[i][j] = self.wi[i][j] + rate * change + keep * self.ci[i][j]
                self.ci[i][j] = change


net = Net(3, 4, 2)
for epoch in range(50):
    for k in range(5):
        row = [random.random(), random.random(), 1.0]
        net.update(row)
        net.back([row[0] * 0.5, row[1] * 0.5], 0.3, 0.1)
