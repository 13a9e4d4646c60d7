"""A line of two numbers that goes on after every row, with an error that is no sum of the guess and another number; right."""
hours = [1.0, 2.0, 3.0, 5.0, 4.5]
marks = [2.0, 4.1, 6.2, 7.9, 8.0]
slope, shift = 0.1, 0.0
for epoch in range(30):
    cost = 0.0
    for i in range(len(hours)):
        cost += (slope * hours[i] + shift - marks[i]) ** 2
        error = marks[i] - slope * hours[i] - shift
        slope = slope + 0.01 * hours[i] * error
        shift = shift + 0.01 * error
    print(epoch, cost)
