"""Units with annotated attributes, reached through a method that gives a list; right."""
import random, math
random.seed(2)
class Unit:
    def __init__(self, n):
        self.w: list[float] = [random.uniform(-1, 1) for _ in range(n)]
        self.b: float = random.uniform(-1, 1)
    def out(self, x):
        self.x = x
        self.z: float = sum(w * v for w, v in zip(self.w, x)) + self.b
        self.a: float = 1 / (1 + math.exp(-self.z))
        return self.a
class Net:
    def __init__(self):
        self.hidden: list[Unit] = [Unit(2) for _ in range(3)]
        self.last: Unit = Unit(3)
    def units(self):
        return [*self.hidden, self.last]
    def train(self, x, y):
        p: float = self.last.out([u.out(x) for u in self.hidden])
        self.last.d: float = (p - y) * p * (1 - p)
        for k, u in enumerate(self.hidden):
            u.d: float = self.last.d * self.last.w[k] * u.a * (1 - u.a)
        for n in range(4):
            self.units()[n].b -= 0.5 * self.units()[n].d
            for j in range(len(self.units()[n].w)):
                self.units()[n].w[j] -= 0.5 * self.units()[n].d * self.units()[n].x[j]
net = Net()
for e in range(200):
    for x, y in (([0, 0], 0), ([0, 1], 1), ([1, 0], 1), ([1, 1], 0)):
        net.train(x, y)
