"""A parabola of three plain numbers, a*x*x + b*x + c, whose sums over rows grow in a loop; right."""
xs = [0.2 * i for i in range(-9, 12)]
ys = [1.5 * x * x - x + 0.5 for x in xs]
a, b, c = 0.1, 0.2, 0.3
for epoch in range(90):
    da = db = dc = 0.0
    for x, y in zip(xs, ys):
        error = a * x * x + b * x + c - y
        da += error * x * x
        db += error * x
        dc += error
    a -= 0.01 * da / len(xs)
    b -= 0.01 * db / len(xs)
    c -= 0.01 * dc / len(xs)
print(a, b, c)
