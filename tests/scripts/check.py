"""Checks the tracer alone: what it takes an array for is what the script holds under that name at that line.

    python3 check.py            every script beside this file, one line each; exit 1 where something is wrong

The tracer finds arrays by rewriting the source. Here each script runs once more, unchanged, under a plain line tracer that
evaluates the expressions that the tracer named, at the lines that it named and the few lines after, since arrays are also
filled in place, and compares the numbers. Of rows that a script treats one by one, one must be a row of the dump. Then
shapes and functions are compared with what the script is known to be (`KNOWN`). Needs numpy.
"""
import json
import os
import pickle
import subprocess
import sys
import tempfile

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
TRACE = os.path.join(HERE, "..", "..", "python", "backburn", "trace")
# Widths from input to output, rows, functions, sign of the update.
KNOWN = {
    "accuracy_axis.py": ([5, 3], 45, ["softmax"], "-="),
    "adam.py": ([5, 6, 3], 32, ["relu", "softmax"], "-="),
    "adam_corrected_twice.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "adam_count_of_layers.py": ([1, 12, 10, 1], 40, ["tanh", "tanh", "linear"], "-="),
    "adam_count_per_layer.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "adam_in_dictionaries.py": ([3, 12, 3], 60, ["relu", "softmax"], "-="),
    "adam_one_output.py": ([3, 5, 1], 24, ["tanh", "sigmoid"], "-="),
    "adam_positive.py": ([3, 5, 1], 24, ["sigmoid", "sigmoid"], "-="),
    "adam_step_count.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "adam_uncorrected.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "adam_uphill.py": ([3, 6, 1], 30, ["tanh", "linear"], "+="),
    "annotated_units.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "assigned_every_way.py": ([3, 5, 2], 40, ["tanh", "linear"], "-="),
    "augmented_column.py": ([5, 7, 2], 28, ["sigmoid", "sigmoid"], "-="),
    "autoencoder.py": ([6, 3, 6], 20, ["sigmoid", "sigmoid"], "+="),
    "balanced_zero_start.py": ([4, 3], 60, ["softmax"], "-="),
    "bias_by_ones.py": ([1, 6, 1], 70, ["relu", "linear"], "-="),
    "bias_from_int.py": ([2, 1], 6, ["sigmoid"], "-="),
    "bias_in_residual.py": ([2, 1], 32, ["linear"], "+="),
    "bias_joined.py": ([2, 6, 2], 30, ["relu", "linear"], "-="),
    "bias_joined_in_layers.py": ([3, 5, 2], 30, ["sigmoid", "sigmoid"], "-="),
    "bias_mistakes.py": ([5, 6, 4], 30, ["tanh", "softmax"], "-="),
    "bias_number.py": ([3, 1], 45, ["sigmoid"], "-="),
    "bias_sum_of_softmax.py": ([12, 8, 10], 60, ["relu", "softmax"], "-="),
    "bias_times_ones.py": ([3, 5, 1], 30, ["tanh", "linear"], "-="),
    "binary_cross_entropy.py": ([6, 7, 5, 1], 48, ["relu", "relu", "sigmoid"], "-="),
    "class_minibatch.py": ([7, 10, 9, 4], 25, ["relu", "relu", "softmax"], "-="),
    "classes_one_by_one.py": ([3, 3], 16, ["softmax"], "-="),
    "clipped_norm.py": ([5, 8, 1], 40, ["tanh", "linear"], "-="),
    "clipped_values.py": ([5, 8, 1], 40, ["tanh", "linear"], "-="),
    "columns_in_a_view.py": ([5, 7, 3], 60, ["relu", "softmax"], "-="),
    "columns_of_numbers.py": ([3, 1], 25, ["sigmoid"], "-="),
    "columns_of_one_table.py": ([1, 4, 1], 40, ["sigmoid", "sigmoid"], "+="),
    "cross_entropy_sign.py": ([5, 6, 1], 34, ["tanh", "sigmoid"], "-="),
    "cs231n_style.py": ([3, 12, 3], 60, ["relu", "softmax"], "-="),
    "cubic_of_numbers.py": ([3, 1], 120, ["linear"], "-="),
    "delayed_rows.py": ([4, 6, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "delayed_velocity.py": ([4, 6, 3], 10, ["tanh", "softmax"], "-="),
    "delta_rule.py": ([3, 1], 1, ["linear"], "-="),
    "dictionaries_by_number.py": ([5, 6, 4], 36, ["tanh", "softmax"], "-="),
    "dropout.py": ([6, 12, 3], 32, ["relu", "softmax"], "-="),
    "dropout_in_place.py": ([5, 9, 1], 60, ["relu", "sigmoid"], "-="),
    "dropout_keep_is_rate.py": ([3, 7, 1], 24, ["tanh", "sigmoid"], "-="),
    "dropout_of_dropped.py": ([4, 9, 1], 30, ["sigmoid", "sigmoid"], "-="),
    "entries_changed.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "entries_compared.py": ([3, 1], 20, ["sigmoid"], "+="),
    "entries_into_new.py": ([3, 1], 20, ["linear"], "-="),
    "entries_of_arrays.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "entries_of_rows.py": ([2, 6, 3], 30, ["tanh", "softmax"], "-="),
    "equal_weights_once.py": ([3, 5, 1], 14, ["tanh", "linear"], "-="),
    "error_less_bias.py": ([3, 1], 50, ["linear"], "+="),
    "errors_one_by_one.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "errors_with_momentum.py": ([4, 6, 2], 20, ["sigmoid", "sigmoid"], "-="),
    "even_odds.py": ([3, 1], 36, ["sigmoid"], "-="),
    "even_start.py": ([3, 1], 6, ["sigmoid"], "-="),
    "even_start_once.py": ([4, 1], 10, ["sigmoid"], "-="),
    "filled_in_loop.py": ([1, 1], 4000, ["sigmoid"], "-="),
    "forward_before_loop.py": ([3, 1], 30, ["sigmoid"], "+="),
    "four_mistakes.py": ([5, 7, 3], 40, ["sigmoid", "softmax"], "-="),
    "frozen_bias.py": ([5, 7, 3], 30, ["tanh", "linear"], "-="),
    "functions_columns.py": ([3, 5, 1], 60, ["tanh", "sigmoid"], "-="),
    "input_missing.py": ([1, 1], 30, ["linear"], "-="),
    "input_not_transposed.py": ([3, 6, 2], 6, ["sigmoid", "sigmoid"], "-="),
    "late_bias.py": ([4, 6, 3], 30, ["tanh", "softmax"], "-="),
    "late_bias_zero.py": ([4, 6, 3], 30, ["tanh", "softmax"], "-="),
    "leaky_dropout.py": ([3, 8, 2], 60, ["leaky-relu", "softmax"], "-="),
    "line_builtin_sum.py": ([1, 1], 30, ["linear"], "-="),
    "line_of_attributes.py": ([1, 1], 24, ["sigmoid"], "-="),
    "line_of_lists.py": ([1, 1], 20, ["linear"], "-="),
    "line_of_numbers.py": ([1, 1], 40, ["linear"], "-="),
    "line_of_points.py": ([1, 1], 40, ["linear"], "-="),
    "line_of_points_sign.py": ([1, 1], 36, ["linear"], "-="),
    "line_of_whole_numbers.py": ([1, 1], 6, ["linear"], "-="),
    "line_row_by_row.py": ([1, 1], 1, ["linear"], "+="),
    "linear_regression.py": ([2, 1], 35, ["linear"], "-="),
    "lists_from_int.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "+="),
    "lists_np_add.py": ([3, 4, 2], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_np_dot.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_of_lists.py": ([3, 4, 2], 1, ["tanh", "tanh"], "+="),
    "lists_printed_outputs.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "+="),
    "lists_slots_summed.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_sums_kept.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_velocity.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_velocity_sign.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_velocity_unused.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "lists_with_momentum.py": ([3, 4, 2], 1, ["tanh", "tanh"], "+="),
    "logistic.py": ([4, 1], 50, ["sigmoid"], "-="),
    "loss_in_bits.py": ([5, 3], 36, ["softmax"], "-="),
    "loss_of_batch_before.py": ([5, 6, 3], 15, ["tanh", "softmax"], "-="),
    "loss_one_term.py": ([4, 1], 50, ["sigmoid"], "-="),
    "loss_over_classes.py": ([5, 6, 4], 40, ["tanh", "softmax"], "-="),
    "loss_picks_pairs.py": ([5, 3], 40, ["softmax"], "-="),
    "loss_picks_rows.py": ([5, 3], 40, ["softmax"], "-="),
    "loss_term_sign.py": ([3, 6, 1], 25, ["tanh", "sigmoid"], "-="),
    "matrix_type.py": ([4, 5, 2], 22, ["sigmoid", "sigmoid"], "-="),
    "mean_beside_sum.py": ([4, 5, 1], 12, ["sigmoid", "sigmoid"], "-="),
    "mean_over_outputs.py": ([9, 6, 10], 1, ["tanh", "tanh"], "-="),
    "minus_in_exponent.py": ([2, 1], 20, ["sigmoid"], "-="),
    "minus_inputs.py": ([3, 6, 1], 30, ["sigmoid", "sigmoid"], "-="),
    "minus_of_numpy_numbers.py": ([1, 1], 6, ["sigmoid"], "-="),
    "minus_y_over_p.py": ([4, 3], 40, ["softmax"], "-="),
    "momentum_sign.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "momentum_three_mistakes.py": ([5, 7, 6, 4], 36, ["sigmoid", "sigmoid", "softmax"], "-="),
    "momentum_without_memory.py": ([4, 5, 1], 26, ["tanh", "sigmoid"], "-="),
    "negative_exponent.py": ([4, 5, 1], 40, ["sigmoid", "sigmoid"], "+="),
    "nesterov.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "neuron_dictionaries.py": ([2, 3, 2], 1, ["sigmoid", "sigmoid"], "-="),
    "nielsen_style.py": ([5, 6, 3], 16, ["sigmoid", "sigmoid"], "-="),
    "nine_numbers.py": ([2, 2, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "notebook.ipynb": ([4, 6, 3], 26, ["sigmoid", "sigmoid"], "-="),
    "old_numpy.py": ([3, 4, 2], 18, ["sigmoid", "sigmoid"], "+="),
    "one_column_twice.py": ([6, 1], 1, ["linear"], "-="),
    "one_row_for_all.py": ([4, 6, 3], 25, ["tanh", "softmax"], "-="),
    "one_weight_not_divided.py": ([6, 5, 3], 30, ["relu", "softmax"], "-="),
    "one_weight_vector.py": ([3, 1], 1, ["sigmoid"], "-="),
    "own_module.py": ([4, 6, 3], 24, ["sigmoid", "softmax"], "-="),
    "penalty_from_zero.py": ([6, 4], 60, ["softmax"], "-="),
    "penalty_of_empty_row.py": ([1, 9, 1], 1, ["tanh", "linear"], "-="),
    "penalty_of_signs.py": ([5, 6, 2], 30, ["tanh", "linear"], "-="),
    "penalty_on_one_layer.py": ([2, 8, 3], 60, ["relu", "softmax"], "-="),
    "penalty_on_two.py": ([2, 1], 40, ["sigmoid"], "-="),
    "penalty_sign_of_one.py": ([6, 5, 1], 38, ["sigmoid", "sigmoid"], "-="),
    "plain_softmax.py": ([6, 8, 3], 40, ["tanh", "softmax"], "-="),
    "plane_of_numbers.py": ([2, 1], 1, ["linear"], "-="),
    "printed_alike.py": ([4, 3], 20, ["softmax"], "-="),
    "printed_units.py": ([4, 3], 60, ["softmax"], "-="),
    "python2.py": ([2, 4, 1], 9, ["sigmoid", "sigmoid"], "-="),
    "python2_clock.py": ([3, 1], 20, ["linear"], "-="),
    "python2_names.py": ([3, 4, 1], 30, ["sigmoid", "sigmoid"], "+="),
    "quadratic_by_rows.py": ([2, 1], 21, ["linear"], "-="),
    "rate_in_derivative.py": ([1, 6, 1], 41, ["tanh", "linear"], "+="),
    "rate_in_error.py": ([4, 5, 2], 12, ["sigmoid", "sigmoid"], "-="),
    "rate_in_sums.py": ([3, 4, 1], 15, ["tanh", "linear"], "-="),
    "rate_one.py": ([4, 6, 1], 50, ["sigmoid", "sigmoid"], "-="),
    "rate_over_rows.py": ([2, 1], 100, ["linear"], "-="),
    "raw_error.py": ([4, 6, 5, 2], 26, ["sigmoid", "sigmoid", "sigmoid"], "-="),
    "relu_mask_in_place.py": ([4, 10, 3], 45, ["relu", "softmax"], "-="),
    "repeated_rows.py": ([2, 3, 2], 36, ["sigmoid", "sigmoid"], "+="),
    "replaced_entries.py": ([4, 6, 3], 30, ["relu", "softmax"], "-="),
    "replaced_where.py": ([4, 3], 30, ["softmax"], "-="),
    "ridge_of_numbers.py": ([1, 1], 18, ["linear"], "-="),
    "rounded_steps.py": ([2, 1], 1, ["sigmoid"], "+="),
    "rounded_weights.py": ([3, 1], 30, ["linear"], "-="),
    "rows_by_hand.py": ([4, 6, 2], 30, ["sigmoid", "sigmoid"], "-="),
    "rows_changed_in_place.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "rows_in_a_list.py": ([2, 3, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "rows_odds.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "rows_of_gate.py": ([2, 1], 1, ["sigmoid"], "+="),
    "rows_softmax.py": ([4, 3], 1, ["softmax"], "-="),
    "rows_with_momentum.py": ([3, 8, 1], 1, ["relu", "sigmoid"], "-="),
    "running_total.py": ([2, 1], 40, ["sigmoid"], "-="),
    "short_e.py": ([3, 6, 1], 22, ["sigmoid", "sigmoid"], "-="),
    "shown_seldom.py": ([2, 2, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "shuffled_rows.py": ([5, 3], 10, ["softmax"], "-="),
    "sign_of_gradient.py": ([3, 5, 1], 28, ["tanh", "sigmoid"], "-="),
    "slope_alone.py": ([1, 1], 6, ["linear"], "-="),
    "softmax_over_batch.py": ([5, 7, 4], 30, ["tanh", "softmax"], "-="),
    "softmax_regression.py": ([4, 3], 30, ["softmax"], "-="),
    "sorted_rows.py": ([5, 3], 10, ["softmax"], "-="),
    "square_network.py": ([6, 6, 6, 6], 40, ["relu", "relu", "linear"], "-="),
    "sum_not_mean.py": ([4, 6, 3], 50, ["tanh", "softmax"], "-="),
    "summed_loss.py": ([4, 5, 1], 70, ["tanh", "sigmoid"], "-="),
    "sums_cleared.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "sums_kept.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "sums_kept_in_epoch.py": ([4, 5, 1], 1, ["sigmoid", "linear"], "+="),
    "sums_kept_momentum.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "sums_of_products.py": ([4, 5, 1], 30, ["sigmoid", "sigmoid"], "-="),
    "sums_over_columns.py": ([4, 1], 30, ["sigmoid"], "-="),
    "targets_in_a_list.py": ([2, 5, 1], 5, ["tanh", "sigmoid"], "+="),
    "targets_not_shares.py": ([4, 6, 3], 30, ["tanh", "softmax"], "-="),
    "threshold_of_numbers.py": ([2, 1], 1, ["sigmoid"], "-="),
    "thresholds.py": ([4, 5, 2], 1, ["sigmoid", "sigmoid"], "+="),
    "torch_layout.py": ([6, 9, 3], 45, ["leaky-relu", "softmax"], "-="),
    "total_in_loop.py": ([3, 1], 60, ["sigmoid"], "-="),
    "trask.py": ([3, 4, 1], 12, ["sigmoid", "sigmoid"], "+="),
    "tried_before_loop.py": ([3, 4, 1], 12, ["sigmoid", "sigmoid"], "-="),
    "tried_once.py": ([2, 3, 1], 5, ["relu", "sigmoid"], "-="),
    "two_classes_softmax.py": ([2, 40, 2], 4, ["sigmoid", "softmax"], "-="),
    "two_columns_of_ones.py": ([10, 1], 40, ["sigmoid"], "-="),
    "two_weights.py": ([2, 1], 1, ["linear"], "-="),
    "unit_by_float.py": ([3, 1], 40, ["sigmoid"], "-="),
    "unit_of_entries.py": ([2, 1], 1, ["sigmoid"], "+="),
    "units_of_columns.py": ([3, 2], 1, ["linear"], "-="),
    "units_row_by_row.py": ([3, 4, 1], 1, ["sigmoid", "sigmoid"], "-="),
    "unrolled_theta.py": ([3, 5, 3], 32, ["sigmoid", "sigmoid"], "-="),
    "update_sign_of_one.py": ([5, 7, 3], 44, ["tanh", "softmax"], "-="),
    "updated_twice.py": ([4, 6, 3], 30, ["tanh", "softmax"], "-="),
    "updated_weights.py": ([4, 5, 2], 24, ["tanh", "linear"], "-="),
    "velocity_not_zero.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "velocity_object.py": ([4, 6, 3], 40, ["sigmoid", "softmax"], "-="),
    "velocity_unused.py": ([5, 6, 3], 36, ["tanh", "softmax"], "-="),
    "weight_decay.py": ([5, 8, 3], 40, ["relu", "softmax"], "-="),
    "weight_gradient_one_number.py": ([1, 6, 1], 80, ["tanh", "sigmoid"], "-="),
    "wrong_cut.py": ([4, 6, 2], 33, ["sigmoid", "sigmoid"], "-="),
    "xor_rows.py": ([2, 3, 1], 1, ["tanh", "tanh"], "-="),
    "zeros_like.py": ([5, 7, 3], 20, ["relu", "softmax"], "-="),
}


def traced(script, folder):
    subprocess.run([sys.executable, TRACE, "--out", folder, "--", script], check=True)
    with open(os.path.join(folder, "roles.json")) as file:
        roles = json.load(file)
    dump = os.path.join(folder, "dump.npz")
    return roles, dict(np.load(dump)) if os.path.exists(dump) else {}


def shapes(roles, dump):
    """Widths, rows, functions and update as the dump has them."""
    turned = roles["layout"] != "row"
    weights = [dump[f"W{l}"].T if turned else dump[f"W{l}"] for l in range(1, len(roles["functions"]) + 1)]
    x = dump["x"].T if roles["layout"] == "col" else dump["x"]
    widths = [x.shape[1]] + [w.shape[1] for w in weights]
    return widths, len(x), roles["functions"], str(dump["update"])


# What runs in a process of its own: the script, with a line tracer that looks at named expressions.
LOOKER = '''
import json, sys
import numpy as np
wanted, script = json.loads(sys.argv[1]), sys.argv[2]
for name, kind in (("float", float), ("int", int)):
    if name not in np.__dict__: setattr(np, name, kind)
found, waiting = {}, {}

def look(frame, event, arg):
    if frame.f_code.co_filename != script: return None
    if event == "line":
        for role, line, expression in wanted:
            if frame.f_lineno == line and len(found.get(role, [])) < 400:
                waiting.setdefault(id(frame), []).append([role, expression, 6])
    for item in waiting.get(id(frame), []):
        role, expression, item[2] = item[0], item[1], item[2] - 1
        try: value = np.array(eval(expression, frame.f_globals, frame.f_locals), dtype=float)
        except Exception: continue
        found.setdefault(role, []).append(value)
    waiting[id(frame)] = [item for item in waiting.get(id(frame), []) if item[2] > 0]
    return look

code = compile(open(script).read(), script, "exec")
sys.path.insert(0, script.rpartition("/")[0])
sys.settrace(look)
try: exec(code, {"__name__": "__main__", "__file__": script})
finally: sys.settrace(None)
import pickle
with open(sys.argv[3], "wb") as file: pickle.dump(found, file)
'''


def looked(script, roles, folder):
    """The values of the named expressions at the named lines: {role: [array, …]}."""
    ours = [(role, line["line"], roles["roles"][role]) for role, line in roles["named"].items()
            if line["file"] == os.path.basename(script)]
    path = os.path.join(folder, "looked")
    subprocess.run([sys.executable, "-c", LOOKER, json.dumps(ours), script, path], check=True,
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, stdin=subprocess.DEVNULL)
    with open(path, "rb") as file:
        return pickle.load(file)


def agree(ours, theirs):
    """Whether the dump's array is the script's, whichever way it lies, up to a factor; or holds it as one of its rows."""
    theirs = np.asarray(theirs, dtype=float)
    views = [ours, ours.T] if ours.ndim == 2 else [ours]
    if theirs.size and theirs.size < ours.size and ours.ndim == 2:
        return any(np.allclose(row, theirs.ravel(), rtol=1e-5) for view in views for row in view if row.size == theirs.size)
    for view in views:
        if view.size == theirs.size:
            a, b = view.ravel(), theirs.ravel()
            scale = (a @ b) / (b @ b) if b.any() else 1.0
            if np.allclose(a, scale * b, rtol=1e-5, atol=1e-7 * (abs(a).max() + 1e-30)):
                return True
    return False


def check(name, folder):
    """What is wrong with the tracer's reading of one script, and how many roles were compared."""
    script = os.path.join(HERE, name)
    roles, dump = traced(script, folder)
    if name not in KNOWN:
        return ["ended"] if roles["found"] else [], 0
    if not roles["found"]:
        return [roles["why_not"]], 0
    wrong = [f"{found} instead of {known}" for found, known in zip(shapes(roles, dump), KNOWN[name]) if found != known]
    seen = {} if name.endswith(".ipynb") or roles["python2"] else looked(script, roles, folder)
    compared = 0
    for role, values in seen.items():
        if roles["update"] > 0 and role[0] in "Wb":
            continue                             # named before the first update, and this is a later one
        if role not in dump or np.size(values[0]) > dump[role].size:
            continue                             # an augmented column, which the dump splits off
        compared += 1
        if not any(agree(np.asarray(dump[role], dtype=float), value) for value in values):
            wrong.append(f"{role} is not {roles['roles'][role]} at line {roles['named'][role]['line']}")
    return wrong, compared


def main():
    bad, compared = 0, 0
    for name in sorted(os.listdir(HERE)):
        if not name.endswith((".py", ".ipynb")) or name == os.path.basename(__file__):
            continue
        with tempfile.TemporaryDirectory() as folder:
            wrong, roles = check(name, folder)
        compared += roles
        bad += bool(wrong)
        print(f"{name:30} {roles:3} roles compared {'; '.join(wrong) or 'as known'}")
    print(f"{compared} roles compared, {bad} scripts wrong")
    sys.exit(bad > 0 or compared < 40)


if __name__ == "__main__":
    main()
