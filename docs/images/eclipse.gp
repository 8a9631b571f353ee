# How many leeches are complete by the time since they came, with eight sybils next to the key, before and after lookups
# count ids that do not fit their address apart. Reads before/*/peers.csv and after/*/peers.csv of 20 seeds;
# docs/simulator-results.md has the commands. Draw it with: gnuplot eclipse.gp
set encoding utf8
set border 3 linewidth 1 linecolor rgb '#666666'
set tics nomirror out scale 0.6 textcolor rgb '#333333'
set grid linetype 1 linewidth 0.6 linecolor rgb '#dddddd'
set key noenhanced below horizontal reverse Left samplen 2.5 width 1 height 2 textcolor rgb '#333333'
set linetype 1 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#0072B2'
set linetype 2 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#D55E00'
set linetype 3 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#009E73'
set linetype 4 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#CC79A7'
set linetype 5 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#E69F00'
set linetype 6 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#56B4E9'
set linetype 7 linewidth 1.6 pointtype 7 pointsize 0.6 linecolor rgb '#555555'
set title 'Eight sybils with ids next to the key: leeches that are complete, 20 seeds of 50' noenhanced textcolor rgb '#222222'
set xlabel 'time since they came [min]' noenhanced textcolor rgb '#333333'
set ylabel 'complete [%]' noenhanced textcolor rgb '#333333'
set xrange [0:30]
set yrange [0:100]
set terminal svg size 960,420 dynamic noenhanced font 'DejaVu Sans,Helvetica,Arial,sans-serif,15' linewidth 1.5 background rgb 'white'
set output 'eclipse.svg'
# completion_s is column 12, and empty for who never was.
times(runs) = "<cat ".runs."/*/peers.csv | awk -F, '$3 == \"leech\" {print $12 == \"\" ? 1e6 : $12}' | sort -n"
plot times('before') using ($1/60):(($0+1)/10) with steps linetype 2 title 'before (2cb9f9b)', \
     times('after') using ($1/60):(($0+1)/10) with steps linetype 1 title 'after'
unset output
