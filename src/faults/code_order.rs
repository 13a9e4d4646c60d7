//! An order of codes: which code of one column each code of another stands for, at the least cost of all orders, or of all
//! that leave the codes in their order. `encoded` asks for both.

/// Which code of the training rows each code of a part stands for.
pub(super) struct Order {
    /// The place among the codes of the training rows, for each code of the part; `usize::MAX` or a place beyond them is none.
    pub places: Vec<usize>,
    /// What the order costs, all codes together.
    pub cost: f64,
    /// The logarithm of the number of orders that this is the best of.
    pub ln_ways: f64,
}

impl Order {
    /// The best of all orders.
    ///
    /// # Shapes
    /// `cost` is square, `[code of the part][code of the training rows]`; places beyond the codes of a side stand for none.
    pub fn any(cost: &[Vec<f64>]) -> Self {
        let places = cheapest(cost);
        let sum = places.iter().enumerate().map(|(c, &t)| cost[c][t]).sum();
        Order { places, cost: sum, ln_ways: ln_factorial(cost.len()) }
    }

    /// The best of the orders that leave the codes `here`, of the training rows, and `there`, of the part, in their order,
    /// where the side that has more codes leaves some out. None if it is a shift or another unit.
    pub fn kept(cost: &[Vec<f64>], here: &[f32], there: &[f32]) -> Option<Self> {
        let (few, many) = (here.len().min(there.len()), here.len().max(there.len()));
        let fewer_there = there.len() <= here.len();
        let pair = |a: usize, b: usize| if fewer_there { cost[a][b] } else { cost[b][a] };
        let left_out = |b: usize| if few == many { f64::INFINITY } else { pair(few, b) };
        let (of_few, sum) = aligned(few, many, pair, left_out);
        let places = match fewer_there {
            true => of_few,
            false => {
                let mut places = vec![usize::MAX; many];
                of_few.into_iter().enumerate().for_each(|(t, c)| places[c] = t);
                places
            }
        };
        let ln_ways = ln_factorial(many) - ln_factorial(few) - ln_factorial(many - few);
        let pairs = places.iter().zip(there).filter_map(|(&t, &c)| Some((f64::from(c), f64::from(*here.get(t)?))));
        (!is_affine(&pairs.collect::<Vec<_>>())).then_some(Order { places, cost: sum, ln_ways })
    }
}

/// The places of `few` things among `many`, in their order, at the least cost of the pairs and of what is left out (dynamic
/// programming, as Needleman and Wunsch 1970 align), and this cost.
fn aligned(
    few: usize,
    many: usize,
    pair: impl Fn(usize, usize) -> f64,
    left_out: impl Fn(usize) -> f64,
) -> (Vec<usize>, f64) {
    let mut best = vec![vec![f64::INFINITY; many + 1]; few + 1];
    let mut paired = vec![vec![false; many + 1]; few + 1];
    best[0][0] = 0.0;
    for (a, b) in (0..=few).flat_map(|a| (1..=many).map(move |b| (a, b))) {
        let without = best[a][b - 1] + left_out(b - 1);
        let with = if a > 0 { best[a - 1][b - 1] + pair(a - 1, b - 1) } else { f64::INFINITY };
        (best[a][b], paired[a][b]) = if with <= without { (with, true) } else { (without, false) };
    }
    let (mut a, mut places) = (few, vec![usize::MAX; few]);
    for b in (1..=many).rev() {
        if a > 0 && paired[a][b] {
            a -= 1;
            places[a] = b - 1;
        }
    }
    (places, best[few][many])
}

/// Whether one factor and one shift take the first of every pair to the second.
fn is_affine(pairs: &[(f64, f64)]) -> bool {
    let [first, .., last] = pairs else { return true };
    let slope = (last.1 - first.1) / (last.0 - first.0);
    pairs.iter().all(|(c, t)| (first.1 + slope * (c - first.0) - t).abs() < 1e-6)
}

fn ln_factorial(n: usize) -> f64 {
    (1..=n).map(|i| (i as f64).ln()).sum()
}

/// For each row of a square table of costs the column that it is given, so that the sum is small: the cheapest pairs first,
/// then pairs changed as long as that makes it smaller.
fn cheapest(cost: &[Vec<f64>]) -> Vec<usize> {
    let size = cost.len();
    let mut pairs: Vec<(usize, usize)> = (0..size).flat_map(|c| (0..size).map(move |t| (c, t))).collect();
    pairs.sort_by(|a, b| cost[a.0][a.1].total_cmp(&cost[b.0][b.1]));
    let mut order = vec![usize::MAX; size];
    for (c, t) in pairs {
        if order[c] == usize::MAX && !order.contains(&t) {
            order[c] = t;
        }
    }
    let mut better = true;
    while better {
        better = false;
        for (a, b) in (0..size).flat_map(|a| (a + 1..size).map(move |b| (a, b))) {
            let (now, then) = (cost[a][order[a]] + cost[b][order[b]], cost[a][order[b]] + cost[b][order[a]]);
            if then < now * (1.0 - 1e-9) {
                order.swap(a, b);
                better = true;
            }
        }
    }
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cheapest_order_is_found() {
        let cost = [[5.0, 1.0, 9.0], [1.0, 5.0, 9.0], [9.0, 9.0, 2.0]].map(Vec::from);
        assert_eq!(cheapest(&cost), [1, 0, 2]);
        assert_eq!(
            cheapest(&[vec![1.0, 2.0], vec![1.0, 4.0]]),
            [1, 0],
            "the cheapest pair alone is not the cheapest order"
        );
    }

    #[test]
    fn codes_keep_their_order_where_a_category_is_lacking_and_a_shift_is_no_other_order() {
        let share = |of: &[f64], i: usize| of.get(i).copied().unwrap_or(0.0);
        let kept = |here: &[f64], there: &[f64], codes: (&[f32], &[f32])| {
            let size = here.len().max(there.len());
            let cost: Vec<Vec<f64>> =
                (0..size).map(|c| (0..size).map(|t| (share(there, c) - share(here, t)).powi(2)).collect()).collect();
            Order::kept(&cost, codes.0, codes.1).map(|order| (order.places, order.ln_ways.exp().round()))
        };
        let (all, lacking) = ([0.4, 0.1, 0.3, 0.05, 0.15], [0.45, 0.1, 0.3, 0.15]);
        let codes = [0.0, 1.0, 2.0, 3.0, 4.0];
        assert_eq!(kept(&all, &lacking, (&codes, &codes[..4])), Some((vec![0, 1, 2, 4], 5.0)));
        let none = usize::MAX;
        assert_eq!(kept(&lacking, &all, (&codes[..4], &codes)), Some((vec![0, 1, 2, none, 3], 5.0)));
        assert_eq!(kept(&all, &all, (&[1.0, 2.0, 5.0, 9.0, 11.0], &codes)), Some((vec![0, 1, 2, 3, 4], 1.0)));
        assert_eq!(kept(&all, &all, (&[1.0, 2.0, 3.0, 4.0, 5.0], &codes)), None);
    }
}
